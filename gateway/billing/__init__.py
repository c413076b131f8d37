"""What is owed, and where is that written?

Rating turns usage into obligations, settlement applies offsets to them, and
invoices and credit notes write them down without a gap.
"""
