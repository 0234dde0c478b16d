"""What to send to any target: strategies for whole messages, each with what holds of it."""
