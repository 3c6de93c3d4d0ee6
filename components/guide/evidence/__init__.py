"""What shows a claim: drawn by the models on this machine, while the page is open."""
