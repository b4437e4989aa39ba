"""A small strict LTI 1.3 platform to try a Hub with, before asking the LMS team for anything."""
