"""Changes to the rules themselves: policy, roles, people and calendar, each proposed by one and agreed to by two others."""
