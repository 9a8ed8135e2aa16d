"""The demo: a made-up story that replays live, with everything real around it."""
