"""What columns hold that are more than numbers and levels: times, text, pictures."""
