"""LMSs that register themselves (LTI Dynamic Registration 1.0): links, questions, answers."""
