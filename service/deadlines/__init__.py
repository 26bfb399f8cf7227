"""Legal deadlines (法定期限): each with its article, its start, its last day and where it stands.

A capability starts one when the law's clock starts and meets it when the act is done; the limit
itself is a dated rule of `service.law`, counted over the calendar of `service.workdays`.
"""
