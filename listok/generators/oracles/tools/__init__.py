"""What oracles share: derivatives without a chain rule, and definitions taken literally. No exercise imports it."""
