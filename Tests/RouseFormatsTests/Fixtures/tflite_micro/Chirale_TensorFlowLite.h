// Empty, as in the library of that name.
