"""Live coverage as feeds: what feed programs subscribe to, in the three formats they read.

    post ──► item_of ──► Feed ──► atom.write | rss.write | json_feed.write ──► bytes

Pure functions of what readers may see. A withdrawn post stays as an item that says so, without its text.
"""
