"""Live streams: channels, connections, the replay buffer, backfill and heartbeat."""
