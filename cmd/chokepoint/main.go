// Command chokepoint computes what it costs when a mineral stops coming.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
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
	return (&app{stdout: stdout, stderr: stderr, args: args}).execute(ctx, args)
}

// execute runs a command line and writes its error.
func (a *app) execute(ctx context.Context, args []string) fault.Code {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return fault.OK
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.stderr, "interrupted; run the same command again to get the result")
		return fault.Interrupted
	}
	var f *fault.Error
	if !errors.As(err, &f) && isUsage(err) {
		what := firstLine(err.Error())
		if word := laterWord(what); word != "" {
			what = word
		} else if len(args) > 0 && later[args[0]] != "" { // with a flag of its own
			what = args[0] + " is not built yet (" + later[args[0]] + ")"
		}
		what = withoutParser.ReplaceAllString(what, "")
		f = &fault.Error{Code: fault.Usage, File: "chokepoint", What: what, Do: "`chokepoint --help` and `chokepoint COMMAND --help` list commands and flags.", Err: err}
		err = f
	}
	if f != nil { // without what was being done: it has a place and a shape
		err = f
	}
	fmt.Fprintln(a.stderr, err)
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

// later are flags and commands that are planned and not built yet: asking for
// one gets a clear word instead of a guess.
var later = map[string]string{
	"buildout": "building a chain", "strategy": "competition and cooperation",
	"economy": "other economies",
}

// laterWord rewrites the complaint about an unknown flag that is planned.
func laterWord(what string) string {
	flag, ok := strings.CutPrefix(what, "unknown flag: ")
	if subject := later[flag]; ok && subject != "" {
		return flag + " is not built yet (" + subject + ")"
	}
	return ""
}

// withoutParser takes Go's words for a number that is none out of an error.
var withoutParser = regexp.MustCompile(`: (strconv|parse error).*$`)

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

const examples = `chokepoint: what it costs when a mineral stops coming

  chokepoint rank                                  the 84 minerals, ranked
  chokepoint disrupt gallium --from China          one disruption, in five parts
  chokepoint explain gallium --from CHN price_ratio   where a number comes from
  chokepoint show rhodium                          what is known of a mineral
  chokepoint scenario show                         real events, ready to run

chokepoint --help lists all commands.`

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "chokepoint",
		Short:         "What does it cost when a mineral stops coming, and how likely is it?",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if len(a.failures) > 0 && !slices.Contains([]string{"rank", "disrupt", "compare", "list", "backtest", "stockpile"}, cmd.Name()) {
				return &fault.Error{Code: fault.Usage, File: "--fail-if", What: "not of " + cmd.CommandPath(), Expected: "rank, disrupt, compare, scenario list, backtest or stockpile"}
			}
			return nil
		},
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
	root.AddCommand(a.rankCommand(), a.disruptCommand(), a.pathCommand(), a.explainCommand(), a.showCommand(), a.scenarioCommand(), a.compareCommand(), a.driversCommand(), a.backtestCommand(), a.stockpileCommand(), a.listsCommand(), a.concentrationCommand(), a.dataCommand(), a.batchCommand(), a.citeCommand(), a.rerunCommand(), a.serveCommand(), a.versionCommand())
	return root
}

// unknownCommand is the error for a word that names no subcommand.
func unknownCommand(cmd *cobra.Command, word string) error {
	if subject := later[word]; subject != "" && !cmd.HasParent() {
		return &fault.Error{Code: fault.Usage, File: cmd.CommandPath(), What: word + " is not built yet (" + subject + ")", Do: "`" + cmd.CommandPath() + " --help` lists what is."}
	}
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
