"""Pages of auditors and their leads: the queue, one clue whole, money that comes back, points, figures."""
