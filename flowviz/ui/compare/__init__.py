"""The Compare page: two to four experiments side by side, one clock, one table of measures."""
