"""Enforcement documents (执法文书): numbered, versioned, sealed PDF/A with a public check.

行政处罚法 (2021) art. 47: the whole procedure is recorded in writing and archived.
"""
