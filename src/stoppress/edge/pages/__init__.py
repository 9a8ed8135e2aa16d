"""Readers' pages: thin shells that find, render once per change, and answer.

Nothing here looks at cookies, sessions or who asks.
"""
