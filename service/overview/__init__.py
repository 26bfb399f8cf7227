"""What a committee sees of its towns at a glance, kept current with every change."""
