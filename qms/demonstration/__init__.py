"""The demonstration: what it holds, and how its shipped files are made."""
