"""Exams: a blueprint and a roster become forms, and these become files."""
