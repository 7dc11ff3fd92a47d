"""What commands do: the loop over files, what is printed and written, the exit status."""
