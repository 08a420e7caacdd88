// Command chokepoint computes what it costs when a mineral stops coming.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/internal/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(int(code))
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) fault.Code {
	a := &app{stdout: stdout, stderr: stderr, args: args}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return fault.OK
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "interrupted; run the same command again to get the result")
		return fault.Interrupted
	}
	var f *fault.Error
	if !errors.As(err, &f) && isUsage(err) {
		f = &fault.Error{Code: fault.Usage, File: "chokepoint", What: firstLine(err.Error()), Do: "`chokepoint --help` and `chokepoint COMMAND --help` list commands and flags.", Err: err}
		err = f
	}
	fmt.Fprintln(stderr, err)
	return fault.CodeOf(err)
}

// isUsage tells the errors that the command-line library makes of wrong words
// from failures of the program. Commands return fault.Error for their own.
func isUsage(err error) bool {
	text := err.Error()
	for _, prefix := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs", "invalid argument", "accepts ", "requires ", "bad flag", "required flag"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

const examples = `chokepoint: what it costs when a mineral stops coming

  chokepoint rank                                  the 84 minerals, ranked
  chokepoint disrupt gallium --from China          one disruption, in five parts
  chokepoint explain gallium --from CHN price_ratio   where a number comes from
  chokepoint show rhodium                          what is known of a mineral
  chokepoint scenario list --format csv            every baseline scenario

chokepoint --help lists all commands.`

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "chokepoint",
		Short:         "What does it cost when a mineral stops coming, and how likely is it?",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			_, err := fmt.Fprintln(a.stdout, examples)
			return err
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	a.addGlobalFlags(root.PersistentFlags())
	root.AddCommand(a.rankCommand(), a.disruptCommand(), a.explainCommand(), a.showCommand(), a.scenarioCommand(), a.dataCommand(), a.versionCommand())
	return root
}

// unknownCommand is the error for a word that names no subcommand.
func unknownCommand(cmd *cobra.Command, word string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: "unknown command " + fault.Quote(word), Expected: "one of " + strings.Join(known, ", "),
		DidYouMean: fault.Nearest(word, known), Do: "`" + cmd.CommandPath() + " --help` says what each does."}
}

// group makes a command that only holds subcommands.
func group(use, short string, sub ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return cmd.Help()
	}}
	c.AddCommand(sub...)
	return c
}
