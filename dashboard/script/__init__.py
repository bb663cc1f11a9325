"""The script that Streamlit runs, apart from the pages: a folder of that name beside it would be taken for its own."""
