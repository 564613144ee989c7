package service_test

func accessScenarios() []scenario      { return nil }
func hostileScenarios() []scenario     { return nil }
func outgoingScenarios() []scenario    { return nil }
func lifeScenarios() []scenario        { return nil }
func otherLaurelScenarios() []scenario { return nil }
