"""What jobs cost: counted by the jobs themselves, kept in MLflow, held against budgets."""
