"""Demo district: Yubei's 30 towns and streets with a year of work, all names invented."""
