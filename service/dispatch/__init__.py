"""Dispatch: which unit can accept the ticket — territory × function, with reasons."""
