"""Languages, dates and sentences for pages and mail in the language of a live blog or reader."""
