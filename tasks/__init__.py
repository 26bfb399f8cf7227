"""What happens later: the relay, the queue's actors and the clock."""
