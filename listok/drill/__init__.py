"""PRACTICE: what a student is asked next, what is said of an answer, and the log that all else follows from."""
