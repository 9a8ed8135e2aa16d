"""Languages, dates and sentences of pages in the language of a live blog."""
