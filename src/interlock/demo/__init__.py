"""The demo: flights out of New York, from two CSV files to a monitored service, on real HTTP traffic."""
