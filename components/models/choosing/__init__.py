"""The question which model to take: a short form, and the ranked list that answers it."""
