"""Stop Press: live coverage and breaking-news alerts for a newsroom, on its own machine."""

__version__ = "0.1.0"
