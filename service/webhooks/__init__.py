"""Webhooks (回调): events of a town pushed to the applications that it let in.

The form is Standard Webhooks 1.0.0: signed by HMAC-SHA-256 (`v1`) and ed25519 (`v1a`), tried again
over three days, delivered at least once under one id.  A message holds ids and states and no
personal data (个人信息保护法 art. 6: no more than the purpose needs); who wants more asks the API
with its own rights.
"""
