"""What every area stands on; nothing in here knows an area."""
