"""Keys: answers with their worked solutions, tables of answers, checks of the bank."""
