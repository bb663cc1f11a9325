"""A report's blocks set as files: print, page, workbook and data. Each of them places the same numbers."""
