"""Marking: responses become points, feedback and a report on the class."""
