"""Operations: what people ask of the Manager, who agreed, how it was sent, and what came of it."""
