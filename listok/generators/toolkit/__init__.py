"""The field's layers and steps on exact numbers, each written once, for the boards of exercises (never for oracles)."""
