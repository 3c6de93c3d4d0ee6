"""All that draws or asks. Streamlit is imported here, in pages/ and in app.py, and nowhere else."""
