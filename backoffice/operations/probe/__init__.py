"""Finding out what a provider's Manager API really does where the contract leaves it open, so that nothing assumes it."""
