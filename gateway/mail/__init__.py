"""Letters by SMTP.

Invoices, reminders and sign-in links leave here, and nothing else.
"""
