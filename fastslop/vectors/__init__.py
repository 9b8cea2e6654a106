"""Documents to sparse matrices of counts, in scikit-learn's form."""
