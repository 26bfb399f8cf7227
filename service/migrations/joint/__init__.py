"""Schema history of joint enforcement."""
