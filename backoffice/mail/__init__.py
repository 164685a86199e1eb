"""Mail to the people of the house: what they are told, once each, and the letters that carry it."""
