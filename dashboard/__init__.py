"""Streamlit pages: show what analytics says; compute nothing."""
