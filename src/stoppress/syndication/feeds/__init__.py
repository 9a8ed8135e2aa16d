"""Live coverage as feeds in three formats.

    post ──► build_item ──► Feed ──► atom.write | rss.write | json_feed.write ──► bytes

All functions are pure and use only what readers may see. A withdrawn post stays as an item that names the reason,
without its text.
"""
