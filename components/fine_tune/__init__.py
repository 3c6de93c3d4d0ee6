"""What the page Fine-tune is made of."""
