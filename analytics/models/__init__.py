"""What a site's own plant is expected to do, learned from its history, and what of it is not explained.

`nightly.renew` trains and keeps, `nightly.recall` brings back what was kept, `ModelSet.judge` says what stands now.
"""
