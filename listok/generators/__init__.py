"""Numbers: draws, solutions, answers and figures of exercises. Imports nothing else of listok."""
