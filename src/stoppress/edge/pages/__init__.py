"""Readers' pages: thin views that find the live blog, render once per change, and answer.

No view reads cookies, sessions or the identity of the client.
"""
