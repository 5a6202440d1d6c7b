"""What the state machine is compared with: published ways to answer multi-hop questions, as Reasoners.

All share the machine's language model, retriever, budget and rules of abstaining, and take the first reading of what
was heard. They differ from their papers where those had another setting: replies are held to a JSON schema in place of
stop words, and the examples in the prompts are hark's own.
"""
